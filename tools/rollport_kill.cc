#include "load/kill_command.h"

int main(int argc, char** argv) { return rollport::load::KillMain(argc, argv); }
