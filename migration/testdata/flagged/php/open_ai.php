<?php
use Orhanerday\OpenAi\OpenAi;

$open_ai = new OpenAi($_SERVER['CHAT_SECRET']);
$response = Http::withToken(config('openai.api_key'))->post('https://api.openai.com/v1/chat/completions');
