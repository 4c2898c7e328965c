<?php

return [
    'mailgun' => ['secret' => env('MAILGUN_SECRET')],
    'openai' => [
        'key' => env('OPENAI_API_KEY'),
    ],
];
