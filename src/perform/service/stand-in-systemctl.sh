#!/bin/sh
# A systemctl that keeps units as folders of properties under $STAND_IN/units. It prints and exits as
# the real one does.
set -eu
arguments=
for argument; do
    case $argument in
    --timestamp=*)
        if [ -e "$STAND_IN/old" ]; then
            echo "systemctl: unrecognized option '$argument'" >&2
            exit 1
        fi ;;
    --property=*) properties=$(echo "${argument#--property=}" | tr , ' ') ;;
    --*) ;;
    *) arguments="$arguments $argument" ;;
    esac
done
set -- $arguments
verb=$1
unit=${2-}
folder=$STAND_IN/units/$unit

if [ "$verb" = show ]; then
    if [ ! -d "$folder" ]; then
        printf 'LoadState=not-found\nActiveState=inactive\nSubState=dead\nResult=success\nUnitFileState=\n'
        exit 0
    fi
    # A slow unit is on its way for so many looks.
    if [ -e "$folder/Moving" ]; then
        left=$(cat "$folder/Moving")
        if [ "$left" -gt 0 ]; then
            echo $((left - 1)) > "$folder/Moving"
            printf 'LoadState=loaded\nActiveState=deactivating\nSubState=stop-sigterm\nType=simple\n'
            exit 0
        fi
    fi
    for property in $properties; do
        if [ -e "$folder/$property" ]; then echo "$property=$(cat "$folder/$property")"; fi
    done
    exit 0
fi

if [ -e "$STAND_IN/denied" ]; then
    echo "Failed to $verb $unit: Interactive authentication required." >&2
    exit 4
fi
echo "$verb${unit:+ $unit}" >> "$STAND_IN/calls"
if [ "$verb" = daemon-reload ]; then exit 0; fi
if [ ! -d "$folder" ]; then
    echo "Failed to $verb $unit: Unit $unit not found." >&2
    exit 5
fi
put() { printf %s "$2" > "$folder/$1"; }
case $verb in
start | restart | reload)
    if [ -e "$folder/Hangs" ]; then exec sleep 600; fi
    if [ -e "$folder/Breaks" ]; then
        put ActiveState failed
        put SubState failed
        put Result "$(cat "$folder/Breaks")"
        echo "Job for $unit failed because the control process exited with error code." >&2
        echo "See \"systemctl status $unit\" and \"journalctl -xeu $unit\" for details." >&2
        exit 1
    fi
    if [ "$(cat "$folder/Type")" != oneshot ]; then
        put ActiveState active
        put SubState running
    fi ;;
stop)
    if [ -e "$folder/Stays" ]; then
        echo "Job for $unit canceled." >&2
        exit 1
    fi
    put ActiveState inactive
    put SubState dead
    if [ -e "$STAND_IN/slow" ]; then cp "$STAND_IN/slow" "$folder/Moving"; fi ;;
enable) put UnitFileState enabled ;;
disable) put UnitFileState disabled ;;
esac
