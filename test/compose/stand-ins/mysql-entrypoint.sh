#!/bin/bash
# As the official image: options alone are mysqld's; an empty data folder is initialised, with the root password, the
# database and the user of the environment, by a server that listens to nobody.
set -eu
if [ "${1:0:1}" = - ]; then set -- mysqld "$@"; fi
if [ "$1" = mysqld ] && [ ! -d /var/lib/mysql/mysql ]; then
  : "${MYSQL_ROOT_PASSWORD:?is not set, and the data folder is empty}"
  "$@" --initialize-insecure
  "$@" --daemonize --skip-networking
  mysql --user=root <<SQL
CREATE DATABASE \`$MYSQL_DATABASE\`;
CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD';
GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO '$MYSQL_USER'@'%';
CREATE USER 'root'@'%' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;
ALTER USER 'root'@'localhost' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';
SQL
  MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysqladmin --user=root shutdown
fi
exec "$@"
