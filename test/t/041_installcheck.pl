# make installcheck passes wherever the README sends people: preloaded with a database named, not preloaded, and in a session that
# is the first process of its server. The whole of it runs in make check, preloaded; here run the files that looked different there,
# all that have a second expected output, which is for servers that do not preload, and a few specs.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Runs files of test/sql, or specs, against this server as make installcheck would; the lines that differ where they should not.
sub differences {
	my ($node, $kind, @names) = @_;
	my $output  = PostgreSQL::Test::Utils::tempdir();
	my $program = $kind eq 'sql' ? $ENV{PG_REGRESS} : $ENV{PG_REGRESS} =~ s{regress/pg_regress\z}{isolation/pg_isolation_regress}r;
	my $preloaded = $node->safe_psql('postgres', 'SHOW shared_preload_libraries') ne '';
	# the expected output is looked for beside the output of specs
	mkdir "$output/expected" or die "no folder: $!";
	foreach my $file (grep { /\.out\z/ && !($preloaded && /_1\.out\z/) } slurp_dir("$ENV{TESTDIR}/expected")) {
		symlink "$ENV{TESTDIR}/expected/$file", "$output/expected/$file" or die "no link: $!";
	}
	my ($log, $error);
	my $passed = IPC::Run::run([ $program, '--bindir=', "--inputdir=$ENV{TESTDIR}/test", "--outputdir=$output", '--encoding=UTF8',
			'--load-extension=boxoffice', '--dbname=contrib_regression', '--host=' . $node->host, '--port=' . $node->port, @names ],
		'>', \$log, '2>', \$error);
	note($log);
	return '' if $passed;
	return -e "$output/regression.diffs" ? slurp_file("$output/regression.diffs") : "$log$error";
}

# The files of test/sql, or the specs, that have a second expected output.
sub told_apart {
	my ($kind, $extension) = @_;
	return sort grep { -e "$ENV{TESTDIR}/test/$kind/$_.$extension" }
	  map { /^(.+)_1\.out\z/ ? $1 : () } slurp_dir("$ENV{TESTDIR}/expected");
}

subtest 'preloaded, with a database named' => sub {
	my $node = start_server('named', no_extension => 1, conf => "boxoffice.database = 'shop'\nmax_prepared_transactions = 10");
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
	is(differences($node, 'sql', 'pool_capacity', 'settings'), '', 'files of test/sql');
	is(differences($node, 'specs', 'pay_twice', 'queue_pay_and_admit'), '', 'specs');
	$node->stop;
};

subtest 'not preloaded, of the locale C, as the first process' => sub {
	my $node = start_server('bare', not_preloaded => 1, no_extension => 1, init => { extra => [ '--locale=C', '--encoding=SQL_ASCII' ] },
		conf => "autovacuum = off\nmax_logical_replication_workers = 0\nmax_prepared_transactions = 10");
	is(differences($node, 'sql', qw(pool_capacity reading settings), told_apart('sql', 'sql')), '', 'files of test/sql');
	is(differences($node, 'specs', qw(pay_twice queue_pay_and_admit stop_and_claim), told_apart('specs', 'spec')), '', 'specs');
	$node->stop;
};

done_testing();
