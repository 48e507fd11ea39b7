#!/bin/sh
# Asks what a customer would: health, login page, one extraction of a known sample.
set -eu
environment=$1
base=${JIVS_BASE_URL:-"https://$environment.jivs.example"}
for path in /actuator/health /login /api/v1/extractions/sample; do
    curl -fsS --max-time 10 "$base$path" > /dev/null
    echo "ok: $path"
done
