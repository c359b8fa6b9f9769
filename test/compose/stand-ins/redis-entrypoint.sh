#!/bin/sh
# As the official image: options alone are redis-server's, and the protected mode is off, for no client is local.
set -eu
if [ "${1#-}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then set -- "$@" --protected-mode no; fi
exec "$@"
