#include <cstdlib>
#include <string>

int main() {
    const char* key = std::getenv("AZURE_OPENAI_API_KEY");
    std::string url = "https://contoso.openai.azure.com/openai/v1/responses";
    std::string header = std::string("api-key: ") + key;
    return send(url, header);
}
