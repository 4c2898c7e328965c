<?php

class ProviderTest extends TestCase
{
    protected function setUp(): void
    {
        config()->set('llm.providers.openai.api_key', 'test-key');
        $this->client = OpenAI::client('fake');
    }
}
