Sys.unsetenv("OPENAI_API_KEY")
Sys.setenv(OPENAI_API_KEY = "")
withr::local_envvar(OPENAI_API_KEY = NA)
