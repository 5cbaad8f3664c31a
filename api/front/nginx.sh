#!/usr/bin/env bash
# Prints the configuration of the front: nginx, which stands between strangers and the gateway, and between browsers and
# `boxofficed live`, which pushes changes to them. --help tells the options.
#
# What it promises the gateway: complete requests only, one for each that a client sent, with a normalised path, a body
# whose length is stated once, and of the headers only those that the gateway reads, each in a form that Pistache can
# parse. Pistache reads what follows a request that it refused as the next request, so nothing it might refuse may pass.
set -euo pipefail

front=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
directory=
listen=()
gateway=127.0.0.1:8081
gateway_timeout_s=30
live=127.0.0.1:8082
user_rate=20
address_rate=100
connections=200
plans=4
workers=auto
swagger=
certificate=
key=
limits=yes
origins=()
site=
proxies=()
proxy_protocol=
access_log=off

usage() {
    cat <<'USAGE'
nginx.sh --directory DIR [OPTION]...

Prints the nginx configuration of the front. To run it:
  nginx.sh --directory /run/front >/run/front/nginx.conf
  nginx -e /run/front/error.log -c /run/front/nginx.conf

  --directory DIR           an existing folder, by its absolute path, for the pid, temporary files and logs. Started by
                            root, nginx's workers run as its owner, or as www-data where that is root.
  --listen ADDRESS:PORT     where clients come in; 127.0.0.1:8080 unless given, may be given several times;
                            IPv6 as [::1]:8080, every address as *:8080
  --gateway ADDRESS:PORT    where boxofficed listens; 127.0.0.1:8081 unless given
  --live PLACE              where boxofficed live listens: unix:PATH or a loopback ADDRESS:PORT; 127.0.0.1:8082 unless
                            given. Whoever reaches it can tell every browser anything: keep the folder of PATH closed.
  --gateway-timeout N       how many seconds an answer of the gateway may take; 30 unless given
  --user-rate N             requests per second of one user (by Authorization, else Queue-Token); 20 unless given
  --address-rate N          requests per second of one address (IPv6: of one /64); 100 unless given
  --connections N           requests and live streams under way at a time per address, in each of nginx's processes;
                            200 unless given
  --no-limits               none of these three limits, for benchmarks
  --workers N               how many processes; as many as processors unless given
  --swagger DIR             the files of swagger-ui-dist (see swagger.sh), to serve the documentation at /docs
  --certificate FILE, --key FILE
                            both, in PEM: every address listened on speaks TLS, and HTTP/2
  --allow-origin ORIGIN     pages from there, like https://shop.example, may ask from a browser; * is every page. May be given
                            several times. Cookies and the like are never allowed.
  --site FOLDER             a page of your own at /, with all files of the folder but those whose name begins with a dot;
                            addresses of the gateway come first
  --trusted-proxy NETWORK   an address or a network (10.0.0.0/8, fd00::/8) of proxies that say in X-Forwarded-For whom they speak
                            for; may be given several times. Each has to append to that header what it knows, as usual.
  --proxy-protocol          the trusted proxies say it by the PROXY protocol instead, and every connection begins with that
  --access-log              one JSON object per request in DIR/access.log; addresses and paths, never credentials
  --help                    this
USAGE
}

refuse() {
    echo "nginx.sh: $*" >&2
    exit 2
}

# The checks below also keep anything out of the configuration that would mean something to nginx.

# $1 option, $2 value, $3 least, $4 most
require_number() {
    [[ $2 =~ ^[0-9]{1,9}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
        refuse "$1 must be a whole number from $3 to $4, not \"$2\""
}

require_path() {
    [[ $2 == /* ]] || refuse "$1 must be an absolute path, not \"$2\""
    [[ $2 =~ ^[A-Za-z0-9_.,@+/-]+$ ]] || refuse "$1 may have letters, digits and _ . , @ + - / in it, not \"$2\""
}

# $1 option, $2 value: an IPv4 address, an IPv6 address in brackets or, with $3, *
require_address() {
    local port=${2##*:} host=${2%:*} part
    [[ $2 == *:* && $port =~ ^[0-9]{1,5}$ ]] && ((10#$port >= 1 && 10#$port <= 65535)) ||
        refuse "$1 must be ADDRESS:PORT with a port from 1 to 65535, not \"$2\""
    if [[ $host =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$ ]]; then
        for part in "${BASH_REMATCH[@]:1}"; do
            ((10#$part <= 255)) || refuse "$1: $host is no IPv4 address"
        done
    elif [[ ! $host =~ ^\[[0-9A-Fa-f:.]+\]$ && ! ($host == '*' && ${3:-}) ]]; then
        refuse "$1 must have an IPv4 address, or an IPv6 address in brackets, before the port, not \"$host\""
    fi
}

# $1 option, $2 value: where pages come from, as browsers write it, or *
require_origin() {
    [[ $2 == '*' || $2 =~ ^https?://([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$ ]] ||
        refuse "$1 must be * or as browsers write it, like https://shop.example or http://127.0.0.1:3000, not \"$2\""
}

# $1 option, $2 value: an IPv4 or IPv6 address without a port, alone or with the length of a prefix
require_network() {
    local host=${2%%/*} length=${2#*/} most=32 part
    if [[ $host =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$ ]]; then
        for part in "${BASH_REMATCH[@]:1}"; do
            ((10#$part <= 255)) || refuse "$1: $host is no IPv4 address"
        done
    elif [[ $host == *:* && $host =~ ^[0-9A-Fa-f:.]+$ ]]; then
        most=128
    else
        refuse "$1 must be an IPv4 or IPv6 address, or a network like 10.0.0.0/8, not \"$2\""
    fi
    # 0 would trust everybody
    [[ $2 != */* ]] || require_number "$1: the length of the prefix" "$length" 1 "$most"
}

require_live() {
    if [[ $1 == unix:* ]]; then
        require_path '--live unix:' "${1#unix:}"
        # sun_path has 108 bytes, the last one is 0
        [[ ${#1} -le 112 ]] || refuse "--live: a socket's path may have 107 characters, not $((${#1} - 5))"
    else
        require_address --live "$1"
        [[ $1 =~ ^(127\.|\[::1\]:) ]] ||
            refuse "--live must be unix:PATH or on loopback, not \"$1\": whoever reaches it can tell every browser anything"
    fi
}

read_options() {
    while [[ $# -gt 0 ]]; do
        case $1 in
        --help)
            usage
            exit 0
            ;;
        --no-limits) limits=no && shift && continue ;;
        --access-log) access_log=on && shift && continue ;;
        --proxy-protocol) proxy_protocol=' proxy_protocol' && shift && continue ;;
        --directory | --listen | --gateway | --gateway-timeout | --live | --user-rate | --address-rate | --connections | \
            --workers | --swagger | --certificate | --key | --allow-origin | --site | --trusted-proxy)
            [[ $# -gt 1 && -n $2 ]] || refuse "$1 needs a value; --help tells which"
            ;;
        *) refuse "there is no option $1; --help tells which there are" ;;
        esac
        case $1 in
        --directory) require_path "$1" "$2" && directory=${2%/} ;;
        --listen) require_address "$1" "$2" any && listen+=("$2") ;;
        --gateway) require_address "$1" "$2" && gateway=$2 ;;
        --gateway-timeout) require_number "$1" "$2" 1 3600 && gateway_timeout_s=$2 ;;
        --live) require_live "$2" && live=$2 ;;
        --user-rate) require_number "$1" "$2" 1 1000000 && user_rate=$2 ;;
        --address-rate) require_number "$1" "$2" 1 1000000 && address_rate=$2 ;;
        --connections) require_number "$1" "$2" 1 65535 && connections=$2 ;;
        --workers) require_number "$1" "$2" 1 512 && workers=$2 ;;
        --swagger) require_path "$1" "$2" && swagger=${2%/} ;;
        --allow-origin) require_origin "$1" "$2" && origins+=("$2") ;;
        --site) require_path "$1" "$2" && site=${2%/} ;;
        --trusted-proxy) require_network "$1" "$2" && proxies+=("$2") ;;
        --certificate) require_path "$1" "$2" && certificate=$2 ;;
        --key) require_path "$1" "$2" && key=$2 ;;
        esac
        shift 2
    done
}

check_options() {
    local address
    [[ -n $directory ]] || refuse '--directory is missing: where may nginx keep its pid, temporary files and logs?'
    [[ -d $directory ]] || refuse "--directory: there is no folder $directory"
    [[ ${#listen[@]} -gt 0 ]] || listen=(127.0.0.1:8080)
    for address in "${listen[@]}"; do
        [[ $address != "$live" ]] || refuse "--listen and --live are both $address"
        [[ $address != "$gateway" ]] || refuse "--listen and --gateway are both $address"
    done
    [[ -z $certificate || -n $key ]] || refuse '--certificate needs --key'
    [[ -z $key || -n $certificate ]] || refuse '--key needs --certificate'
    [[ -z $certificate || -r $certificate ]] || refuse "--certificate: $certificate cannot be read"
    [[ -z $key || -r $key ]] || refuse "--key: $key cannot be read"
    [[ -z $swagger || -r $swagger/swagger-ui-bundle.js ]] ||
        refuse "--swagger: there is no swagger-ui-bundle.js in $swagger; api/front/swagger.sh puts it into build/npm"
    [[ -z $site || -d $site ]] || refuse "--site: there is no folder $site"
    [[ -z $proxy_protocol || ${#proxies[@]} -gt 0 ]] || refuse '--proxy-protocol needs --trusted-proxy: whose word is taken?'
    require_path 'the folder of nginx.sh' "$front"
}

# Only root may change the user, and nginx warns where another one is told to.
print_user() {
    [[ $(id -u) -eq 0 ]] || return 0
    local owner
    owner=$(stat --format %U:%G "$directory")
    [[ $owner != root:* && $owner != *UNKNOWN* ]] || owner=www-data:www-data
    echo "user ${owner/:/ };"
}

print_process() {
    local files
    print_user
    files=$(ulimit -Hn)
    [[ $files != unlimited && $files -lt 65536 ]] || files=65536
    cat <<CONF
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
worker_processes $workers;
worker_rlimit_nofile $files;
# Streams never end by themselves: this is how long they may delay a reload or the end.
worker_shutdown_timeout 5s;
pcre_jit on;
pid $directory/nginx.pid;
error_log $directory/error.log warn;

events {
    worker_connections $((files / 2 - 100));
}
CONF
}

print_places() {
    cat <<CONF
    client_body_temp_path $directory/client_body;
    proxy_temp_path $directory/proxy;
    fastcgi_temp_path $directory/fastcgi;
    uwsgi_temp_path $directory/uwsgi;
    scgi_temp_path $directory/scgi;
    variables_hash_max_size 2048;
    variables_hash_bucket_size 128;
    types { }
    default_type application/octet-stream;
    server_tokens off;
    lua_package_path "/usr/share/lua/5.1/?.lua;;";
    absolute_redirect off;
    tcp_nodelay on;
    sendfile on;
CONF
    if [[ $access_log == on ]]; then
        # Neither arguments nor headers: what people look for and who they are is not the log's business. The path is as it
        # was sent, since escapes that are decoded may be no UTF-8, which JSON has to be.
        cat <<CONF
    map \$request_uri \$sent_path {
        "~^(?<path_in_ascii>[!->@-~]+)([?]|\$)" \$path_in_ascii;
        "" "";
        default "(not ASCII)";
    }
    log_format json escape=json '{"time":"\$time_iso8601","request_id":"\$front_request_id","address":"\$remote_addr",'
        '"method":"\$request_method","path":"\$sent_path","protocol":"\$server_protocol","status":"\$status","bytes":"\$bytes_sent",'
        '"seconds":"\$request_time","gateway_status":"\$upstream_status","gateway_seconds":"\$upstream_response_time"}';
    access_log $directory/access.log json buffer=64k flush=1s;
CONF
    else
        echo '    access_log off;'
    fi
}

print_compression() {
    cat <<'CONF'
    gzip on;
    gzip_comp_level 2;
    gzip_min_length 512;
    gzip_proxied any;
    gzip_vary on;
    gzip_types application/json application/problem+json text/javascript text/css;
CONF
}

# All that is forwarded has room in 64 KiB: at most 25 KiB of headers, of which a line has at most 6, and a body of 32 KiB.
print_intake() {
    cat <<'CONF'
    client_header_buffer_size 1k;
    large_client_header_buffers 4 6k;
    client_header_timeout 10s;
    client_max_body_size 32k;
    client_body_buffer_size 32k;
    client_body_timeout 10s;
    send_timeout 10s;
    keepalive_timeout 65s;
    reset_timedout_connection on;
    # also the defaults, but here everything depends on them
    ignore_invalid_headers on;
    underscores_in_headers off;
    merge_slashes on;
CONF
}

# The values that are forwarded, in a form that cannot be misread.
print_maps() {
    cat <<'CONF'
    map $http_x_request_id $front_request_id {
        "~^[A-Za-z0-9_-]{1,64}$" $http_x_request_id;
        default $request_id;
    }
    # Pistache does not do HEAD: the gateway is asked as if with GET, and nginx leaves the body out. Of the methods that no
    # address takes the gateway sees one that Pistache knows, and says what the address takes instead.
    map $request_method $gateway_method {
        HEAD GET;
        "~^(GET|POST|PATCH|DELETE)$" $request_method;
        default PUT;
    }
    # 1: the body is encoded. The gateway takes no encoding but none.
    map "$request_method $http_content_encoding" $encoded_body {
        "~*^[^ ]+ (identity)?$" 0;
        "~^(GET|HEAD) " 0;
        default 1;
    }
    # Pistache parses these two, and what it cannot parse it refuses in the middle of the request.
    map $http_content_type $gateway_content_type {
        "" "";
        "~*^application/json[ \t]*(;|$)" application/json;
        default application/octet-stream;
    }
    # Of a condition the gateway wants to know only that there is one.
    map $http_if_match $gateway_if_match {
        "" "";
        default "*";
    }
    map $http_if_unmodified_since $gateway_if_unmodified_since {
        "" "";
        default "*";
    }
    map $host $gateway_host {
        "~^[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?$" $host;
        default boxoffice;
    }
    map $uri $allowed_methods {
        "~^/v1/live/" "GET";
        "~^/v1/slots/[0-9]{1,19}/seating-plan$" "POST";
        # for TRACE, which nginx refuses before anything else; of other methods the gateway says more
        "~^/v1/" "GET, HEAD, POST, PATCH, DELETE";
        default "GET, HEAD";
    }
    # 1: what nginx itself answers at this address does not take this method; of all others the gateway says so
    map "$request_method $uri" $wrong_method {
        "~^HEAD /v1/live/" 1;
        # nginx itself, because a body that is as long as that of a plan must not be read for any other method
        "~^POST /v1/slots/[0-9]{1,19}/seating-plan$" 0;
        "~ /v1/slots/[0-9]{1,19}/seating-plan$" 1;
        "~^(GET|HEAD) " 0;
        "~ /(v1/live/|docs|livez$|readyz$|metrics$|openapi\.json$)" 1;
        default 0;
    }
    # 1: HTTP/0.9, which has neither headers nor a status. A request that could not be read has no protocol either.
    map "$server_protocol $uri" $wrong_protocol {
        # judged anew at the place of the problem, or the refusal would be refused and be nginx's own page
        volatile;
        "~^HTTP/[12]" 0;
        "~ /problem/" 0;
        default 1;
    }
    # Of what a client states each header is judged alone: put together, one could stand for several.
    map $http_upgrade $wants_websocket {
        "~*^websocket$" 1;
        default 0;
    }
    map $http_sec_websocket_version $websocket_version {
        13 13;
        default "";
    }
    map $http_sec_websocket_key $websocket_key {
        "~^(?<whole_websocket_key>[A-Za-z0-9+/]{22}==)$" $whole_websocket_key;
        default "";
    }
    map $http_accept $wants_events {
        "~*^text/event-stream" 1;
        default 0;
    }
    # events, websocket, poll, or refused
    map "$server_protocol|$wants_websocket|$websocket_version|$websocket_key|$wants_events" $live_as {
        "~^HTTP/1\.1\|1\|13\|[^|]+\|[01]$" websocket;
        "~^[^|]*\|1\|" refused;
        "~\|1$" events;
        default poll;
    }
    map $live_as $live_connection {
        websocket upgrade;
        default close;
    }
    map $live_as $live_accept {
        events text/event-stream;
        default "";
    }
    map $live_as $live_upgrade {
        websocket websocket;
        default "";
    }
    map $live_as $live_version {
        websocket 13;
        default "";
    }
    map $live_as $live_key {
        websocket $websocket_key;
        default "";
    }
    # 1: an address that only nginx itself asks for, on behalf of a request that it has taken apart before
    map "$live_kind$plan_slot$uri" $not_for_clients {
        /live-channel 1;
        /may-send-plan 1;
        default 0;
    }
    # What a client is told to whom the gateway did not say that it may send a plan.
    map $plan_status $plan_refusal {
        401 401;
        403 403;
        404 404;
        412 412;
        429 429;
        "~^50[234]$" 503;
        default 500;
    }
    map $https $transport_security {
        on "max-age=31536000";
        default "";
    }
CONF
}

# The first nine runs of digits in a UUID, as a pattern: \$n1 to \$n9.
digits_of_token() {
    local run
    for run in 1 2 3 4 5 6 7 8 9; do
        printf '[a-f-]*(?<n%s>[0-9]*)' "$run"
    done
}

# The end of a JWT is its signature: as good a name of a user as the whole, in 64 bytes of shared memory instead of 4096.
print_limit_zones() {
    [[ $limits == yes ]] || return 0
    cat <<CONF
    map \$http_authorization \$authorization_end {
        "~^.*(?<end_of_authorization>.{64})\$" \$end_of_authorization;
        default \$http_authorization;
    }
    # A token has one key in upper and in lower case: its decimal digits, of which a UUID has some twenty. What is no UUID
    # is refused without asking the database.
    map \$http_queue_token \$queue_token_key {
        "~*^(?=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\$)$(digits_of_token)" "token \$n1.\$n2.\$n3.\$n4.\$n5.\$n6.\$n7.\$n8.\$n9";
        default "";
    }
    map \$authorization_end \$bearer_key {
        "" \$queue_token_key;
        default \$authorization_end;
    }
    # Polls are those of a token, whatever else they show.
    map \$uri \$user_key {
        /v1/queue-token \$queue_token_key;
        default \$bearer_key;
    }
    # Who has one IPv6 address has 2^64.
    map \$binary_remote_addr \$address_key {
        "~(?s)^(?<network>.{8}).{8}\$" \$network;
        default \$binary_remote_addr;
    }
    limit_req_zone \$user_key zone=users:16m rate=${user_rate}r/s;
    limit_req_zone \$address_key zone=addresses:16m rate=${address_rate}r/s;
    # A process that dies leaves its counts behind: so they are under its number, and the process that follows begins anew.
    limit_conn_zone \$address_key\$pid zone=connections:16m;
    limit_conn_zone \$address_key\$pid zone=plans:1m;
    limit_req_status 429;
    limit_conn_status 429;
    limit_req_log_level info;
    limit_conn_log_level info;
CONF
}

print_limits() {
    [[ $limits == yes ]] || return 0
    cat <<CONF
        limit_req zone=users burst=$user_rate nodelay;
        limit_req zone=addresses burst=$address_rate nodelay;
        limit_conn connections $connections;
CONF
}

# A plan is kept in a file until it is whole: so an address may send few at a time. A block with a limit of its own inherits none.
print_plan_limits() {
    [[ $limits == yes ]] || return 0
    cat <<CONF
            limit_conn connections $connections;
            limit_conn plans $plans;
CONF
}

# A request is sent to the gateway once or not at all, whatever happens. The answer is read to its end even if the client
# has gone: Pistache answers a connection by its number, which a new connection might have got. Idle ones are closed
# before Pistache would do so (5 minutes), or a request could meet a connection that is just being closed.
print_gateway() {
    cat <<CONF
    upstream gateway {
        server $gateway;
        keepalive 512;
        keepalive_requests 1000000;
        keepalive_timeout 60s;
    }
    upstream live {
        server $live;
    }
    proxy_http_version 1.1;
    proxy_method \$gateway_method;
    proxy_pass_request_headers off;
    proxy_set_header Host \$gateway_host;
    # without it, this Pistache closes the connection after each answer
    proxy_set_header Connection keep-alive;
    proxy_set_header X-Request-Id \$front_request_id;
    proxy_set_header Authorization \$http_authorization;
    proxy_set_header Queue-Token \$http_queue_token;
    proxy_set_header Idempotency-Key \$http_idempotency_key;
    proxy_set_header Content-Type \$gateway_content_type;
    proxy_set_header If-None-Match \$http_if_none_match;
    proxy_set_header If-Match \$gateway_if_match;
    proxy_set_header If-Unmodified-Since \$gateway_if_unmodified_since;
    proxy_hide_header X-Request-Id;
    proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
    proxy_request_buffering on;
    proxy_buffering on;
    proxy_buffer_size 16k;
    proxy_buffers 32 16k;
    proxy_busy_buffers_size 64k;
    proxy_ignore_client_abort on;
    proxy_intercept_errors off;
    proxy_next_upstream off;
    proxy_redirect off;
    proxy_connect_timeout 2s;
    proxy_send_timeout 10s;
    proxy_read_timeout ${gateway_timeout_s}s;
CONF
}

# The headers of every answer. A block with an add_header of its own inherits none, so each such block gets all.
print_headers() {
    cat <<'CONF'
        add_header X-Request-Id $front_request_id always;
        add_header X-Content-Type-Options nosniff always;
        add_header Strict-Transport-Security $transport_security always;
CONF
    [[ ${#origins[@]} -gt 0 ]] || return 0
    cat <<'CONF'
        add_header Access-Control-Allow-Origin $allowed_origin always;
        add_header Access-Control-Expose-Headers $exposed_headers always;
        add_header Vary Origin always;
CONF
}

# Pages from elsewhere may read answers where they are told so, and ask first whether they may send what is no plain form.
print_origins() {
    local origin
    [[ ${#origins[@]} -gt 0 ]] || return 0
    echo '    map $http_origin $allowed_origin {'
    echo '        default "";'
    for origin in "${origins[@]}"; do
        # written out, not taken over from the request
        if [[ $origin == '*' ]]; then echo '        "~." "*";'; else echo "        \"$origin\" \"$origin\";"; fi
    done
    echo '    }'
    cat <<'CONF'
    map $allowed_origin $exposed_headers {
        "" "";
        default "ETag, Location, Retry-After, X-Request-Id";
    }
    map "$request_method $http_access_control_request_method $allowed_origin" $preflight {
        "~^OPTIONS [A-Z]+ ." 1;
        default 0;
    }
CONF
}

print_preflight() {
    [[ ${#origins[@]} -gt 0 ]] || return 0
    # a status that nothing else has
    echo '        error_page 418 = @preflight;'
    echo '        if ($preflight) { return 418; }'
    echo '        location @preflight {'
    print_headers | sed 's/^/    /'
    cat <<'CONF'
            add_header Access-Control-Allow-Methods "GET, HEAD, POST, PATCH, DELETE" always;
            add_header Access-Control-Allow-Headers "Authorization, Content-Type, Idempotency-Key, If-None-Match, Queue-Token, X-Request-Id" always;
            add_header Access-Control-Max-Age 7200 always;
            return 204;
        }
CONF
}

# Whom a trusted proxy speaks for. The last address that no trusted proxy has counts: those before it are what the client says.
print_proxies() {
    local proxy
    [[ ${#proxies[@]} -gt 0 ]] || return 0
    for proxy in "${proxies[@]}"; do
        echo "    set_real_ip_from $proxy;"
    done
    if [[ -n $proxy_protocol ]]; then echo '    real_ip_header proxy_protocol;'; else echo '    real_ip_header X-Forwarded-For;'; fi
    echo '    real_ip_recursive on;'
}

# What has no address of its own: nothing, or a file of the site.
print_site() {
    if [[ -z $site ]]; then
        echo '        location / { return 404; }'
        return
    fi
    cat <<CONF
        location / {
            root $site;
            # the folder may be a link; a link inside it could lead to any file of this machine
            disable_symlinks on from=\$document_root;
            try_files \$uri \$uri/index.html =404;
CONF
    cat <<'CONF'
            location ~ "/\." { return 404; }
            charset utf-8;
            charset_types text/javascript text/css text/plain application/json image/svg+xml;
            types {
                text/html html htm;
                text/javascript js mjs;
                text/css css;
                text/plain txt;
                application/json json map;
                application/manifest+json webmanifest;
                application/wasm wasm;
                application/pdf pdf;
                image/svg+xml svg;
                image/png png;
                image/jpeg jpg jpeg;
                image/gif gif;
                image/webp webp;
                image/avif avif;
                image/x-icon ico;
                font/woff2 woff2;
                font/woff woff;
            }
CONF
    print_headers | sed 's/^/    /'
    echo '            add_header Cache-Control no-cache always;'
    echo '        }'
}

problem() {
    local more=
    [[ -z ${4:-} ]] || more=",\"retry_after\":$4"
    printf '{"type":"about:blank","title":"%s","status":%s,"detail":"%s"%s}' "$2" "$1" "$3" "$more"
}

# Where nginx goes for a status: what it refuses before it has read a path, it can send only to a path, not to a named location,
# and likewise what a variable decides.
problem_place() {
    case $1 in
    400 | 414 | 494 | 497 | 505 | plan_*) echo "/problem/$1" ;;
    *) echo "@problem_$1" ;;
    esac
}

# A location with an error_page of its own inherits none, so it gets all. $1...: statuses to leave out
print_error_pages() {
    local status
    for status in 400 403 404 405 412 413 414 415 429 460 461 494 497 500 501 502 503 504 505; do
        # = : the status is that of the place
        [[ " $* " == *" $status "* ]] || echo "        error_page $status = $(problem_place "$status");"
    done
}

# $1 status that nginx found, or a name, $2 status to answer, $3 title, $4 detail, $5 seconds after which a repetition makes sense.
print_problem() {
    local place internal=
    place=$(problem_place "$1")
    [[ $place == @* ]] || internal='internal;'
    echo "        location ${internal:+= }$place {"
    # the length was judged where the request came from, and the body is not read
    [[ -z $internal ]] || printf '            %s\n' "$internal" 'client_max_body_size 0;'
    echo '            types { }'
    echo '            default_type application/problem+json;'
    print_headers | sed 's/^/    /'
    echo '            add_header Cache-Control no-store always;'
    [[ $2 != 401 ]] || echo '            add_header WWW-Authenticate "Bearer realm=\"boxoffice\"" always;'
    [[ -z ${5:-} ]] || echo "            add_header Retry-After $5 always;"
    [[ $1 != 415 ]] || echo '            add_header Accept-Encoding identity always;'
    [[ $1 != 405 ]] || echo '            add_header Allow $allowed_methods always;'
    # nothing was sent where no connection came about
    if [[ $1 == 502 || $1 == 504 ]]; then
        echo "            if (\$upstream_connect_time ~ \"^(-|)\$\") {"
        echo "                return 503 '$(problem 503 'Service Unavailable' 'the gateway cannot be reached; nothing was done, so it may be sent again in a second' 1)';"
        echo '            }'
    fi
    echo "            return $2 '$(problem "$2" "$3" "$4" "${5:-}")';"
    echo '        }'
}

print_problems() {
    local unknown='so it is not known whether this was done; with the Idempotency-Key that it had it is safe to send it again, without one look first whether it was done'
    # nginx itself says 401 only where the gateway knows no such slot or queue, see print_live
    echo '        error_page 401 = @problem_404;'
    print_error_pages
    print_problem 400 400 'Bad Request' \
        'this is not an HTTP request that can be read in one way only; look at its first line, its headers, and how it states the length of its body'
    print_problem 403 403 'Forbidden' 'this address answers only the machine that it runs on'
    print_problem plan_401 401 'Unauthorized' 'a seating plan is read only from an administrator: the header Authorization has no token that is valid'
    print_problem plan_403 403 'Forbidden' 'only an administrator may do this: the token has no role boxoffice_admin'
    print_problem plan_404 404 'Not Found' 'there is no such slot, or no seating plan is taken for it'
    print_problem plan_412 412 'Precondition Failed' \
        'the headers state a condition, and a write takes none here; nothing was done: leave If-Match and If-Unmodified-Since out'
    print_problem plan_429 429 'Too Many Requests' 'the gateway has too much to do; nothing was done, so it may be sent again in a second' 1
    print_problem plan_500 500 'Internal Server Error' \
        'whether you may send a seating plan could not be found out: the log of the gateway says why, under its request id; nothing was done'
    print_problem plan_503 503 'Service Unavailable' \
        'whether you may send a seating plan cannot be found out: the gateway does not say; nothing was done, so it may be sent again in a second' 1
    print_problem 404 404 'Not Found' 'there is nothing at this address; /openapi.json lists what there is'
    print_problem 405 405 'Method Not Allowed' 'this address does not take that method; the header Allow lists those it takes'
    print_problem 412 412 'Precondition Failed' 'a condition in the headers does not hold; leave If-Match and If-Unmodified-Since out'
    print_problem 413 413 'Content Too Large' 'the body is too long: 32 KiB are taken, and for a seating plan 64 MiB'
    print_problem 414 414 'URI Too Long' 'the address is too long: the first line of a request may have 6 KiB'
    print_problem 415 415 'Unsupported Media Type' 'the body is encoded, and no Content-Encoding is taken here; send it as it is'
    print_problem 429 429 'Too Many Requests' \
        'this is more than one user or one address may ask at a time; wait a second, and then ask less often' 1
    print_problem 460 400 'Bad Request' 'the header $doubtful_header is empty, or is there more than once; send it once or not at all'
    print_problem 461 400 'Bad Request' 'the parameter $repeated_parameter is in this address more than once'
    print_problem 494 431 'Request Header Fields Too Large' 'the headers are too long: one may have 6 KiB, and all together 24 KiB'
    print_problem 497 400 'Bad Request' 'this port speaks TLS: begin the address with https://'
    print_problem 500 500 'Internal Server Error' 'the front could not carry this out; its error log says why'
    print_problem 501 501 'Not Implemented' 'of transfer encodings only chunked is taken; state the length of the body instead'
    print_problem 502 502 'Bad Gateway' "the gateway broke off before it had answered, $unknown" 1
    print_problem 503 503 'Service Unavailable' 'the front is too busy; nothing was done, so it may be sent again in a second' 1
    print_problem 504 504 'Gateway Timeout' "the gateway did not answer in time, $unknown" 1
    print_problem 505 505 'HTTP Version Not Supported' 'requests are taken in HTTP/1.0, HTTP/1.1 and, with TLS, HTTP/2'
}

# A request of a client to the gateway, but for its body.
print_without_body() {
    cat <<'CONF'
            proxy_pass_request_body off;
            proxy_set_header Host $gateway_host;
            proxy_set_header Connection keep-alive;
            proxy_set_header Content-Length "";
            proxy_set_header X-Request-Id $front_request_id;
            proxy_set_header Authorization $http_authorization;
            proxy_set_header If-Match $gateway_if_match;
            proxy_set_header If-Unmodified-Since $gateway_if_unmodified_since;
CONF
}

# Prefixes, not patterns: so nginx builds the path anew from what it has decoded and normalised. A pattern would send the
# path as the client wrote it, dots, double slashes and all; the one that there is lets only digits through.
print_proxied() {
    local place
    cat <<'CONF'
        location /v1/ {
            proxy_pass http://gateway/v1/;
        }
        # or nginx would redirect to /v1/
        location = /v1 { return 404; }
        # A plan is long, so the gateway is asked first whether the client may send one at all: by the same request without its
        # body, which changes nothing. An administrator gets 400 for that, because the plan is missing. Whatever else the gateway
        # says, and when it says nothing, the client may not, and nothing of the plan is read. Methods but POST do not get here.
        location ~ "^/v1/slots/(?<plan_slot>[0-9]{1,19})/seating-plan$" {
            client_max_body_size 64m;
CONF
    print_plan_limits
    cat <<'CONF'
            auth_request /may-send-plan;
            auth_request_set $plan_status $upstream_status;
            error_page 401 403 = /problem/plan_$plan_refusal;
CONF
    print_error_pages 403 | sed 's/^/    /'
    cat <<'CONF'
            proxy_pass http://gateway/v1/slots/$plan_slot/seating-plan$is_args$args;
        }
        location = /may-send-plan {
            internal;
            client_max_body_size 64m;
            proxy_pass http://gateway/v1/slots/$plan_slot/seating-plan;
            proxy_method POST;
            proxy_intercept_errors on;
            error_page 400 = @plan_wanted;
            error_page 404 405 409 412 413 415 422 429 500 502 503 504 = @plan_refused;
CONF
    print_without_body
    cat <<'CONF'
        }
        location @plan_wanted { return 204; }
        location @plan_refused { return 403; }
CONF
    for place in livez readyz openapi.json docs/outcomes; do
        printf '        location = /%s {\n            proxy_pass http://gateway/%s;\n        }\n' "$place" "$place"
    done
    # What came by a proxy is not from this machine, whatever address the proxy, or a client in its place, states. A header
    # by which proxies are known says so also where it is empty.
    cat <<'CONF'
        location = /metrics {
            set_by_lua_block $proxied_by {
                local known = { via = true, forwarded = true, ["x-real-ip"] = true, ["x-client-ip"] = true, ["client-ip"] = true,
                    ["true-client-ip"] = true, ["cf-connecting-ip"] = true, ["fastly-client-ip"] = true }
                for name in pairs(ngx.req.get_headers(0)) do
                    if known[name] or name:find("^x%-forwarded") or name:find("^x%-envoy") then
                        return name
                    end
                end
                return ""
            }
            set $metrics_proxy "$proxied_by$proxy_protocol_addr";
            if ($metrics_proxy != "") { return 403; }
            allow 127.0.0.1;
            allow ::1;
            deny all;
            proxy_pass http://gateway/metrics;
        }
CONF
}

# Of what a client sends nothing reaches `boxofficed live` but the number: the request is made anew, in one of three forms. Only
# over a WebSocket that is open its bytes get there. An answer is passed on as it comes, and ends there when the client goes.
print_live() {
    cat <<'CONF'
        location ~ "^/v1/live/(?<live_kind>slots|queues)/(?<live_id>[1-9][0-9]{0,18})$" {
            if ($live_as = refused) { return 400; }
            auth_request /live-channel;
            proxy_pass http://live/live/$live_kind/$live_id;
            proxy_method GET;
            proxy_pass_request_body off;
            proxy_set_header Host live;
            proxy_set_header Connection $live_connection;
            proxy_set_header Accept $live_accept;
            proxy_set_header Upgrade $live_upgrade;
            proxy_set_header Sec-WebSocket-Version $live_version;
            proxy_set_header Sec-WebSocket-Key $live_key;
            proxy_buffering off;
            proxy_ignore_client_abort off;
            proxy_read_timeout 60s;
            gzip off;
            max_ranges 0;
CONF
    print_headers | sed 's/^/    /'
    cat <<'CONF'
            add_header Cache-Control no-store always;
        }
        # Whether there is such a slot or queue. Only a clear no is one: when the gateway cannot say, the stream begins.
        location = /live-channel {
            internal;
            proxy_pass http://gateway/v1/$live_kind/$live_id;
            proxy_method GET;
CONF
    print_without_body
    cat <<'CONF'
            proxy_intercept_errors on;
            error_page 404 = @no_channel;
            error_page 400 401 403 429 500 502 503 504 = @unknown_channel;
        }
        location @no_channel { return 401; }
        location @unknown_channel { return 204; }
CONF
}

# Nothing from elsewhere, no inline script: swagger-ui sets the styles it needs by script, which is allowed. Without Swagger UI
# there is a plain page that says what there is instead.
print_documentation() {
    local policy="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    local file path type
    echo '        location = /docs/ { rewrite ^ /docs last; }'
    while read -r path file type; do
        echo "        location = $path {"
        echo "            alias $file;"
        echo "            default_type $type;"
        echo '            charset utf-8;'
        echo '            charset_types text/javascript text/css;'
        echo '            max_ranges 0;'
        print_headers | sed 's/^/    /'
        echo '            add_header Cache-Control "public, max-age=3600";'
        echo "            add_header Content-Security-Policy \"$policy\" always;"
        echo '            add_header Referrer-Policy no-referrer always;'
        echo '        }'
    done < <(list_documentation)
}

list_documentation() {
    if [[ -z $swagger ]]; then
        echo "/docs $front/page/plain.html text/html"
        return
    fi
    cat <<FILES
/docs $front/page/index.html text/html
/docs/start.js $front/page/start.js text/javascript
/docs/swagger-ui-bundle.js $swagger/swagger-ui-bundle.js text/javascript
/docs/swagger-ui.css $swagger/swagger-ui.css text/css
FILES
}

# A header of a write that says one thing must be there once, and say it: of several nginx would forward the first, and
# none that is empty; a condition must only not be empty, for the gateway refuses any. Only Lua sees them as they came; it
# takes some 10 microseconds, so reads and polls go without. nginx itself refuses a second Authorization.
print_doubtful_header() {
    cat <<'CONF'
set $doubtful_header "";
if ($request_method !~ "^(GET|HEAD)$") {
    set_by_lua_block $doubtful_header {
        local headers = ngx.req.get_headers(0)
        for _, name in ipairs({ "Idempotency-Key", "Queue-Token" }) do
            local value = headers[name]
            if type(value) == "table" or value == "" then
                return name
            end
        end
        for _, name in ipairs({ "If-Match", "If-Unmodified-Since" }) do
            if headers[name] == "" then
                return name
            end
        end
        return ""
    }
}
if ($doubtful_header) { return 460; }
CONF
}

# Of a parameter that is there twice Pistache keeps one, and the gateway never learns of the other. The name goes into the
# answer, so it must be plain.
print_repeated_parameter() {
    cat <<'CONF'
set $repeated_parameter "";
set $asked "$uri?$args";
if ($asked ~ "^/v1/.*[?].*&") {
    set_by_lua_block $repeated_parameter {
        for name, value in pairs(ngx.req.get_uri_args(0)) do
            if type(value) == "table" then
                return #name <= 64 and name:match("^[%w_.-]+$") or "(another)"
            end
        end
        return ""
    }
}
if ($repeated_parameter) { return 461; }
CONF
}

print_public_server() {
    local address tls=
    echo '    server {'
    [[ -z $certificate ]] || tls=' ssl http2'
    for address in "${listen[@]}"; do
        # streams are read from only when they end: without this, those that vanished would stay for ever
        echo "        listen $address$tls$proxy_protocol so_keepalive=60s:15s:4;"
    done
    if [[ -n $certificate ]]; then
        echo "        ssl_certificate $certificate;"
        echo "        ssl_certificate_key $key;"
        echo '        ssl_protocols TLSv1.2 TLSv1.3;'
        echo '        ssl_session_cache shared:tls:10m;'
        echo '        ssl_session_tickets off;'
    fi
    echo '        server_name boxoffice;'
    print_headers
    print_limits
    echo '        if ($wrong_protocol) { return 505; }'
    print_preflight
    echo '        if ($not_for_clients) { return 404; }'
    echo '        if ($wrong_method) { return 405; }'
    echo '        if ($encoded_body) { return 415; }'
    print_doubtful_header | sed 's/^/        /'
    print_repeated_parameter | sed 's/^/        /'
    print_site
    print_proxied
    print_live
    print_documentation
    print_problems
    echo '    }'
}

main() {
    read_options "$@"
    check_options
    echo '# written by nginx.sh; changes here are lost'
    print_process
    echo
    echo 'http {'
    print_places
    print_compression
    print_intake
    print_maps
    print_origins
    print_proxies
    print_limit_zones
    print_gateway
    print_public_server
    echo '}'
}

main "$@"
