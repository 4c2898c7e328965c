<?php

class Lesson
{
    public function summary()
    {
        $client = OpenAI::client(config('services.openai.key'));
        $apiKey = config('services.openai.api_key');

        return $client;
    }
}
