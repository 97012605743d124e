# SPDX-License-Identifier: Apache-2.0
# Varnish in front of our httpd.  It runs with http_gzip_support off: br goes
# through as it came, and Accept-Encoding is br or nothing.
vcl 4.1;

backend ours {
    .host = "127.0.0.1";
    .port = "@UPSTREAM@";
}

sub vcl_recv {
    if (req.http.Accept-Encoding ~ "\bbr\b") {
        set req.http.Accept-Encoding = "br";
    }
    else {
        unset req.http.Accept-Encoding;
    }
}

sub vcl_backend_response {
    set beresp.ttl = 1h;
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    }
    else {
        set resp.http.X-Cache = "MISS";
    }
}
