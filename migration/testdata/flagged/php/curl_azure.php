<?php
$url = 'https://contoso.openai.azure.com/openai/deployments/gpt4/chat/completions?api-version=2024-02-01';
$headers = [
    'Content-Type: application/json',
    'api-key: ' . $_ENV['GATEWAY'],
];
