library(httr)

key <- tryCatch(
  Sys.getenv("OPENAI_API_KEY"),
  error = function(e) {
    config <- config::get()
    config$OPENAI_API_KEY
  }
)
headers <- add_headers(Authorization = paste("Bearer", key))
answer <- POST("https://api.openai.com/v1/chat/completions", headers)
