open System
open OpenAI.Chat

let key = Environment.GetEnvironmentVariable "OPENAI_API_KEY"
let client = ChatClient("gpt-4o", key)
printfn "%s" (client.CompleteChat("Hello").Value.Content.[0].Text)
