"""The servers that are compared: each serves the same files on a free port of 127.0.0.1."""

import os
import shutil

from soaklib.fleet import accepts, free_port
from soaklib.proc import children

from .process import Child, wait_until

NGINX_CONF = """
daemon off;
worker_processes {workers};
pid {dir}/nginx.pid;
error_log {dir}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  {cache}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    root {site};
  }}
}}
"""


class Server:
    """Started and ready inside a `with`. `pids` are the processes that answer requests."""

    name = ""

    def __init__(self, bench, file, close):
        self.bench, self.file, self.close = bench, file, close
        self.port = free_port(["127.0.0.1"])
        self.children = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/{self.file}"

    @property
    def pids(self):
        return [c.pid for c in self.children]

    def start(self):
        raise NotImplementedError

    def run(self, argv):
        log = os.path.join(self.bench.dir, f"{self.name}.log")
        self.children.append(Child(argv, log))

    def __enter__(self):
        try:
            self.start()
            wait_until(f"{self.name} accepts", lambda: accepts(f"127.0.0.1:{self.port}"))
            for child in self.children:
                child.check()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        for child in self.children:
            child.stop()


class Httpd(Server):
    """rollport-httpd by hand: as many processes as workers, one SO_REUSEPORT group, the kernel's
    hash."""

    name = "rollport-httpd"

    def start(self):
        for _ in range(self.bench.workers):
            self.run([self.bench.binary("rollport-httpd"), "--root", self.bench.site,
                      "--listen", f"127.0.0.1:{self.port}"])


class Nginx(Server):
    """nginx as NGINX_CONF configures it: mostly its defaults, and without an access log."""

    name = "nginx"
    cache = ""

    def start(self):
        path = shutil.which("nginx") or "/usr/sbin/nginx"
        conf = os.path.join(self.bench.dir, f"{self.name}.conf")
        with open(conf, "w", encoding="ascii") as f:
            f.write(NGINX_CONF.format(workers=self.bench.workers, dir=self.bench.dir,
                                      port=self.port, site=self.bench.site, cache=self.cache))
        self.run([path, "-p", self.bench.dir, "-c", conf])

    @property
    def pids(self):
        return children(self.children[0].pid)


class NginxWithCache(Nginx):
    """nginx with its cache of open files, which does not look at a file for 60 s. rollport-httpd
    looks at it (stat) for every request."""

    name = "nginx+open_file_cache"
    cache = "open_file_cache max=1000 inactive=60s; open_file_cache_min_uses 1;"


class Bare(Server):
    """An epoll loop with a fixed reply (bare_loop.cc)."""

    name = "bare epoll loop"

    def start(self):
        size = os.path.getsize(os.path.join(self.bench.site, self.file))
        for _ in range(self.bench.workers):
            self.run([self.bench.binary("rollport-bench-bare"), str(self.port), str(size),
                      "close" if self.close else "keep-alive"])
