library(httr2)
openai_key <- keyring::key_get("openai")
request("https://api.openai.com/v1/models") |>
  req_auth_bearer_token(openai_key) |>
  req_perform()
