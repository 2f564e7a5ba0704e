#include "load/listener_watch.h"

int main(int argc, char** argv) { return rollport::load::WatchMain(argc, argv); }
