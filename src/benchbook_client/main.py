"""The person's command, ``bb``: the timer and the saved sessions from a terminal or a script."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Sequence

import click

from benchbook_client import exit_codes
from benchbook_client.commands.account import login, logout
from benchbook_client.commands.completing import completion
from benchbook_client.commands.projects import projects
from benchbook_client.commands.reports import report
from benchbook_client.commands.sequence_search import search
from benchbook_client.commands.sessions import add, delete, edit, restore, sessions
from benchbook_client.commands.shifts import shifts
from benchbook_client.commands.timer import continue_, discard, start, status, stop
from benchbook_client.commands.transfer import export, import_
from benchbook_client.invocation import Invocation, OutputClosedError, json_option, warn

EPILOG = """\b
A day with bb:
  bb login https://benchbook.example.org
  bb start "Plate 3" --tag pcr
  bb status
  bb stop
  bb sessions --from monday
  bb report

\b
Exit codes:
  0    done
  1    nothing is running (bb status, bb edit, bb discard)
  2    the command line is not understood
  3    not signed in, or the token is not accepted any more
  4    the server refused: invalid, not allowed, not found, in conflict; parts of a file too
  5    the server was not reached, failed, or is too busy; try again later
  70   a mistake in bb itself or in its installation
  74   the output could not be written: the disk is full, say
  130  interrupted with Ctrl-C
  141  whoever read the output went away

\b
Environment:
  BENCHBOOK_URL, BENCHBOOK_TOKEN  server and API token; they win over bb login
  NO_COLOR                        no colours and no bold type
"""


class Commands(click.Group):
    """Lists the commands in the order in which they are learnt, not by the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from benchbook_client.version import version

        click.echo(f"bb {version()}")
        context.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
@json_option
@click.pass_context
def bb(context: click.Context) -> None:
    """Track your time in Benchbook from the command line.

    Times are read and shown in your own time zone, the one of your Benchbook account.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        context.color = False


for command in (
    login,
    logout,
    start,
    stop,
    status,
    continue_,
    discard,
    sessions,
    add,
    edit,
    delete,
    restore,
    report,
    projects,
    shifts,
    search,
    export,
    import_,
    completion,
):
    bb.add_command(command)


def main() -> None:
    """Runs ``bb`` with the arguments of the process and exits with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs ``bb`` and gives its exit code; every failure is one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows "?", and the command goes on.
            stream.reconfigure(errors="replace")
    invocation = Invocation()
    try:
        result = bb.main(
            args=list(arguments), prog_name="bb", standalone_mode=False, obj=invocation
        )
        return result if isinstance(result, int) else exit_codes.DONE
    except click.exceptions.Abort:
        return exit_codes.INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return exit_codes.USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "bb"
        warn(f"{error.format_message()}\nFor its use see: {path} --help")
        return exit_codes.USAGE
    except click.ClickException as error:
        warn(error.format_message())
        return error.exit_code
    except OutputClosedError:
        _silence(sys.stdout)
        return exit_codes.OUTPUT_CLOSED
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _silence(sys.stdout)
            warn(f"The output cannot be written: {error.strerror}.")
            return exit_codes.OUTPUT_FAILED
        return _fail(error, invocation)


def _fail(error: Exception, invocation: Invocation) -> int:
    from benchbook_client.errors import Problem
    from benchbook_client.failures import explain

    explanation = explain(error)
    if explanation is None:
        if os.environ.get("BENCHBOOK_DEBUG"):
            raise error
        warn(
            f"This is a mistake in bb itself: {type(error).__name__}: {error}. "
            "Please report it; BENCHBOOK_DEBUG=1 shows where it happened."
        )
        return exit_codes.BROKEN
    problem = error if isinstance(error, Problem) else error.__cause__
    if isinstance(problem, Problem) and problem.body:
        with contextlib.suppress(OutputClosedError):
            invocation.answer(problem.body)
    sentence, exit_code = explanation
    warn(sentence)
    return exit_code


def _silence(stream: io.TextIOBase | object) -> None:
    """Lets the interpreter flush into nothing at exit, instead of complaining about the pipe."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())  # type: ignore[union-attr]
        os.close(nothing)


if __name__ == "__main__":
    main()
