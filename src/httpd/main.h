// The command rollport-httpd, a worker that serves files.
#ifndef ROLLPORT_HTTPD_MAIN_H_
#define ROLLPORT_HTTPD_MAIN_H_

namespace rollport::httpd {

// Serves as the command line says, and returns the exit status.
int Main(int argc, const char* const* argv);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_MAIN_H_
