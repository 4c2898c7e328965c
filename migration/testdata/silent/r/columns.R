answers <- read.csv("openai_answers.csv")
answers$keys <- nchar(answers$text)
names(answers)[1] <- "openai_model"
