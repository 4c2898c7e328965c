Sys.setenv(OPENAI_API_KEY = "put your key here")
gptstudio::gptstudio_chat()
