library(ellmer)

claude <- chat_anthropic(api_key = Sys.getenv("ANTHROPIC_API_KEY"))
# OPENAI_API_KEY is what the other script wants
stop("Set no OPENAI_API_KEY here")
