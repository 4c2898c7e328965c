package com.contoso

import sttp.openai.OpenAISyncClient

object Client extends App {
  private val apiKey = System.getenv("OPENAI_KEY")
  private val openAI = OpenAISyncClient(apiKey)
  println(openAI.getModels)
}
