/** Loaded before the program: ends it by SIGKILL just before its n-th operation on a file beside the database. */
import { killAtFileOperation } from "../../testing/file-operations";

killAtFileOperation(Number(process.env.KILL_AT)).begin();
