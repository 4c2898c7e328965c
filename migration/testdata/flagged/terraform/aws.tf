resource "aws_secretsmanager_secret" "openai" {
  name = "prod/openai-api-key"
}

resource "aws_ecs_task_definition" "chat" {
  family = "chat"
  container_definitions = jsonencode([{
    name  = "chat"
    image = "chat:1"
    secrets = [
      { name = "OPENAI_API_KEY", valueFrom = aws_secretsmanager_secret.openai.arn },
    ]
  }])
}
