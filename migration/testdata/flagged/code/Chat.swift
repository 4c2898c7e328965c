import Foundation

func ask(key: String) -> URLRequest {
    var request = URLRequest(url: URL(string: "https://api.openai.com/v1/chat/completions")!)
    request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    return request
}

let apiKey = ProcessInfo.processInfo.environment["OPENAI_API_KEY"]
