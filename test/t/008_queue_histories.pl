# Whatever is done to a queue, in whatever order, a server with the board in shared memory, a server without it and the
# model of test/property answer alike. A history that fails is printed, made as small as it goes.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seeds   = 1000;
my $program = "$ENV{TESTDIR}/build/queue_histories";

# A server that a history brings down is wanted again for the smaller ones.
my $conf    = 'restart_after_crash = on';
my @servers = (
	start_server('preloaded', conf => $conf),
	start_server('not_preloaded', conf => $conf, not_preloaded => 1));

# Restarts the server of an index in a mode of pg_ctl.
my $restart = $servers[0]->basedir . '/restart';
append_to_file($restart, join "\n",
	'#!/bin/sh',
	'case $1 in',
	(map { "$_) data='" . $servers[$_]->data_dir . "' log='" . $servers[$_]->logfile . "' ;;" } 0 .. $#servers),
	'esac',
	'exec pg_ctl --pgdata="$data" --log="$log" --mode="$2" --silent --wait restart',
	'');
chmod 0700, $restart;

# The exit status and all that was printed.
sub play {
	my @options = @_;
	my $out     = '';
	IPC::Run::run([ $program, @options, '--restart', $restart, map { $_->connstr('postgres') } @servers ], '>&', \$out);
	return ($? >> 8, $out);
}

my ($status, $out) = play('--seeds', $seeds);
note($out);
ok($status == 0 && $out =~ /^$seeds histories in .* all agree$/m,
	"$seeds random histories: both servers answer as the model")
  or diag($out);

# A test that never comes to the point proves nothing.
my %seen = map { reverse /^ +(\d+) (.*)$/ } split /\n/, $out;
my @rare = grep { ($seen{$_} // 0) < $seeds / 20 } (
	qw(admitted active waiting expired left queue_full queue_closed queue_token_invalid),
	'waiting -> active', 'waiting -> expired', 'waiting -> left', 'active -> expired', 'active -> left',
	'active -> completed');
is("@rare", '', 'the histories meet every answer and every change of a token often');
like($out, qr/, [1-9]\d* restarts, /, 'and restarts of the servers');

subtest 'a model that is wrong in one point is found out' => sub {
	my $seed;
	for my $fault (qw(priority idle minute eta claim)) {
		($status, $out) = play('--seeds', 100, '--break-model', $fault);
		($seed) = $out =~ /^seed (\d+) fails/m;
		ok($status == 1 && defined $seed, $fault) or diag($out);
	}
	($status, $out) = play('--seed', $seed // 0, '--break-model', 'claim');
	ok($status == 1 && $out =~ /^seed $seed fails.*^the smallest history that fails/ms, 'the same seed finds it again')
	  or diag($out);
};

done_testing();
