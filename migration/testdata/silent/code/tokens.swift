import Foundation

/// Counts the tokens of a text as OpenAI does.
func openAITokens(_ text: String) -> Int { text.count / 4 }
let keyboard = "openai keyboard"
