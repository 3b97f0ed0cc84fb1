#!/bin/sh
# Writes a backup of one service's database into a folder and removes all but the newest. Runs in the folder of the service's
# program, with the environment of the service. A file is complete when it has its name: it is renamed last.
#   backup.sh SERVICE FOLDER [NUMBER TO KEEP]
set -eu
service=$1 folder=$2 keep=${3:-14}
file=$folder/$service-$(date -u +%Y%m%dT%H%M%SZ).backup.gz
part=$folder/$service.part

node dist/main.js backup >"$part"
# The last line counts the documents.
tail -n 1 "$part"
tail -n 1 "$part" | grep -q '^{"documents":[0-9]*}$'
gzip -f "$part"
sync "$part.gz"
mv "$part.gz" "$file"
ls "$folder/$service"-*.backup.gz | sort -r | tail -n "+$((keep + 1))" | xargs -r rm --
echo "$file"
