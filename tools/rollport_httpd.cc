// rollport-httpd: serves a folder; the worker that ships with rollport.
#include "httpd/main.h"

int main(int argc, char** argv) { return rollport::httpd::Main(argc, argv); }
