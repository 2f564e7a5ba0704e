#include "cli/main.h"
#include "controller/run.h"

int main(int argc, char** argv) {
  return rollport::cli::Main(argc, argv, rollport::controller::RunController);
}
