/** The whole help: an engineer at night reads this and nothing else. */
export const usage = (version: string) => `Nestegg ${version}

npm run -s nestegg -- COMMAND [--json]

  list [--limit N]              the backups in the bucket, newest first
  show ID|latest                all that is known of one
  get ID|latest --into FILE     fetch one as a plain DuckDB file: checked, and resumed when it was cut off
        --force                 replace FILE
  restore ID|latest             put one in the place of the database, while no server runs; the old file is kept
        --with-records          settings and people of the lost server too, where nobody is yet
        --history               with those: the last 90 days of Activity and Audit
  restore --undo                bring the file back that the last restore replaced
        --yes                   do not ask (needed where there is no terminal)
  records                       the server's own records in the bucket: settings, people, what happened; no secret
        --bring-back            take them over, while no server runs and nobody is here yet
        --settings-only         of them the settings, also where there are people
        --history               of them the last 90 days of Activity and Audit too
        --of SERVER             those of a server before, put aside when another took the path over
  verify ID|latest              read one back whole, and note the result
  backup [--note TEXT]          take one: by the running server, else by itself
        --verify                and read it back
        --url URL               the server's address, when it is another than PUBLIC_URL
        --token TOKEN           better in NESTEGG_TOKEN; default: ADMIN_API_TOKEN
  doctor                        settings, storage, newest backup, database, disk: what is wrong, and what to do
  user reset EMAIL              give this person a new password and end all sessions
  help, version

ID is a backup's name as list shows it; latest is the newest good backup of the live database.
Settings come from the environment and .env, as for the server. For list, show, get, restore and verify the
bucket's settings are enough. --json: one JSON object on stdout, of failures too.

Exit codes
  0  done                          4  the backup is damaged or its file is gone
  1  failed                        5  a server or another process holds the database
  2  wrong use, nothing was begun  6  the storage cannot be reached or refuses
  3  no such backup, or none       130  given up by a signal
`;
