# Pages of the documentation whose examples are run: each block of SQL, one after the other in one psql, and what it prints is compared
# with the block that follows it.
package Pages;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(page run_examples);

sub page {
	my ($name) = @_;
	return slurp_file("$ENV{TESTDIR}/$name");
}

# Runs the blocks of SQL of a text in a database, and compares at least so many outputs.
sub run_examples {
	my ($connection, $text, $least) = @_;
	my @blocks = $text =~ /^```(\w*)\n(.*?)^```$/msg;
	my ($script, @expected) = ('');
	while (my ($kind, $block) = splice(@blocks, 0, 2))
	{
		next unless $kind eq 'sql';
		$script .= "$block\\echo -- end of block\n";
		push @expected, @blocks && $blocks[0] eq '' ? $blocks[1] : undef;
	}
	my ($stdout, $stderr);
	local $ENV{PGOPTIONS} = '-c client_min_messages=warning';
	IPC::Run::run([ 'psql', '-X', '-q', '-d', $connection ], '<', \$script, '>', \$stdout, '2>', \$stderr, IPC::Run::timeout(60));
	is($stderr, '', 'no error');
	my @printed = split /^-- end of block\n/m, $stdout, -1;
	is(scalar @printed, @expected + 1, 'every block was run');
	for my $number (grep { defined $expected[$_] } 0 .. $#expected)
	{
		# psql prints an empty line after a result, which the page leaves out
		is($printed[$number] =~ s/\n\n\z/\n/r, $expected[$number], 'the output on the page');
	}
	cmp_ok(scalar(grep { defined } @expected), '>=', $least, 'outputs compared');
	return;
}

1;
