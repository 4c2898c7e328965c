library(httr2)

embed <- function(x) {
  request("https://api.openai.com/v1/embeddings") |>
    req_headers(Authorization = paste("Bearer", Sys.getenv("OPENAI_API_KEY"))) |>
    req_body_json(list(input = x)) |>
    req_perform()
}
