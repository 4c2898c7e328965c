<?php
define('OPENAI_API_KEY', 'put your key here');

function ask($prompt)
{
    return wp_remote_post('https://api.openai.com/v1/responses', [
        'headers' => [
            'Authorization' => 'Bearer ' . OPENAI_API_KEY,
        ],
    ]);
}
