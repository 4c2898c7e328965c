import 'package:dart_openai/dart_openai.dart';

void main() {
  OpenAI.apiKey = dotenv.env['OPENAI_API_KEY']!;
}
