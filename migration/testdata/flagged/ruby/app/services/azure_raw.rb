HOST = "https://contoso.openai.azure.com"

def headers
  {
    "Content-Type" => "application/json",
    "api-key" => ENV["GATEWAY"]
  }
end
