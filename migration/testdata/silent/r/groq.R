library(httr2)

request("https://api.groq.com/openai/v1/chat/completions") |>
  req_headers(Authorization = paste("Bearer", Sys.getenv("GROQ_API_KEY"))) |>
  req_perform()
