# Asks for a story.
get_story <- function(openai_api_key = Sys.getenv("OPENAI_API_KEY"),
                      chapters = 3) {
  openai::create_chat_completion(
    model = "gpt-4",
    openai_api_key = openai_api_key,
    messages = list()
  )
}
