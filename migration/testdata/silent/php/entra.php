<?php
$token = $identity->getToken('https://cognitiveservices.azure.com/.default');
$headers = ['Authorization: Bearer ' . $token, 'Content-Type: application/json'];
$url = 'https://contoso.openai.azure.com/openai/v1/responses';
