let client = Client(
    token: "«sk-proj»"
)
