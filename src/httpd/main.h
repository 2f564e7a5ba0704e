// The program rollport-httpd.
#ifndef ROLLPORT_HTTPD_MAIN_H_
#define ROLLPORT_HTTPD_MAIN_H_

namespace rollport::httpd {

// Serves as the command line says; the exit status.
int Main(int argc, const char* const* argv);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_MAIN_H_
