<?php

$client = OpenAI::client(getenv('CHAT_SECRET'));

$yourApiKey = env('OPENAI_API_KEY');
$second = \OpenAI::client($yourApiKey);
