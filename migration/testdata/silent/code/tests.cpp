#include <cstdlib>

int main() {
    unsetenv("OPENAI_API_KEY");
    return 0;
}
