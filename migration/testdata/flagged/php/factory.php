<?php

$client = OpenAI::factory()
    ->withBaseUri('contoso.openai.azure.com/openai/deployments/gpt4')
    ->withHttpHeader('api-key', $secret)
    ->withQueryParam('api-version', '2024-02-01')
    ->make();

$public = OpenAI::factory()
    ->withApiKey($secret)
    ->make();
