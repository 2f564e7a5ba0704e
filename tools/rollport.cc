#include "cli/main.h"

int main(int argc, char** argv) { return rollport::cli::Main(argc, argv); }
