<?php
$client = OpenAI::factory()
    ->withBaseUri('https://api.deepseek.com')
    ->withApiKey(getenv('DEEPSEEK_API_KEY'))
    ->make();
