#include "load/command.h"

int main(int argc, char** argv) { return rollport::load::Main(argc, argv); }
