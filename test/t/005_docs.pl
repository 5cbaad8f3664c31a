# The documentation says what is so: every function, setting and outcome is in its page as it is in the database, and
# the first screen of the README prints what it claims to print.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = $ENV{TESTDIR};

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'\nboxoffice.database = ''");
$node->start;

sub page
{
	my ($name) = @_;
	return slurp_file("$top/$name");
}

# Runs the blocks of SQL of a page in a fresh database and compares what they print with the block that follows.
sub compare_outputs {
	my ($text, $least) = @_;
	$node->safe_psql('postgres', 'DROP EXTENSION IF EXISTS boxoffice');
	$node->safe_psql('postgres', 'CREATE EXTENSION boxoffice') if $text !~ /CREATE EXTENSION/;
	my @blocks = $text =~ /^```(\w*)\n(.*?)^```$/msg;
	my $compared = 0;
	while (my ($kind, $block) = splice(@blocks, 0, 2))
	{
		next unless $kind eq 'sql';
		my ($stdout, $stderr);
		# psql prints an empty line after a result, which the page leaves out
		IPC::Run::run([ 'psql', '-X', '-q', '-d', $node->connstr('postgres') ], '<', \$block, '>', \$stdout, '2>', \$stderr);
		is($stderr, '', 'no error');
		$stdout =~ s/\n\n\z/\n/;
		if (@blocks && $blocks[0] eq '')
		{
			my (undef, $expected) = splice(@blocks, 0, 2);
			is($stdout, $expected, 'the output on the page');
			$compared++;
		}
	}
	cmp_ok($compared, '>=', $least, 'statements compared');
}

subtest 'the first sale of the README' => sub {
	my ($first_screen) = page('README.md') =~ /(.*?)^## /ms;
	compare_outputs($first_screen, 5);
};

subtest 'the sale of docs/queue.md' => sub {
	compare_outputs(page('docs/queue.md'), 6);
};

subtest 'docs/outcomes.md has the rows of the table, no more and no fewer' => sub {
	my $rows = $node->safe_psql('postgres',
		q{SELECT format('| `%s` | %s | %s | %s | %s |', outcome, sqlstate, http_status, CASE WHEN retryable THEN 'yes' ELSE 'no' END, title)
		  FROM boxoffice.outcome ORDER BY sqlstate});
	my $documented = join("\n", page('docs/outcomes.md') =~ /^(\| `.*\|)$/mg);
	is($documented, $rows);
};

subtest 'docs/settings.md has every setting with its default' => sub {
	my @settings = split /\n/, $node->safe_psql('postgres',
		q{SELECT boxoffice.get_balance('x') \g /dev/null
		  SELECT format('%s %s', name, boot_val) FROM pg_settings WHERE name LIKE 'boxoffice.%' ORDER BY name});
	my @documented = map { "$_->[0] $_->[1]" } map { [ /^\| `(boxoffice\.\w+)` \| [^|]* \| `([^`]+)` \|/ ] }
	  grep { /^\| `boxoffice\./ } split /\n/, page('docs/settings.md');
	is_deeply(\@documented, \@settings);
};

subtest 'docs/settings.md has every setting of boxofficed with its default' => sub {
	my ($help) = run_command([ "$top/build/boxofficed", '--help' ]);
	my @settings;
	while ($help =~ /^ +--([a-z-]+)(?:\{true\})?(?: (?:INT|TEXT)\S*(?: in \[\d+ - \d+\])?(?:=(\S+))?)? \(Env:BOXOFFICE_(\w+)\)/mg)
	{
		my ($name, $default, $variable) = ($1, $2 // '', $3);
		next if $name eq 'config';
		is(lc $variable, $name =~ tr/-/_/r, "the variable of $name");
		push @settings, [ $name =~ tr/-/_/r, $default ];
	}
	my %documented = map { $_->[0] => $_->[1] eq 'empty' ? '' : $_->[1] =~ tr/`//dr }
	  map { [ /^\| `(\w+)` \| [^|]* \| ([^|]+) \|/ ] } grep { /^\| `(?!boxoffice\.)\w+` / } split /\n/, page('docs/settings.md');
	is_deeply([ sort keys %documented ], [ sort map { $_->[0] } @settings ], 'all of them, and no others');
	for my $setting (grep { $_->[1] ne '' } @settings)
	{
		is($documented{ $setting->[0] }, $setting->[1], "the default of $setting->[0]");
	}
};

subtest 'docs/functions.md has every function with its parameters' => sub {
	my @functions = split /\n/, $node->safe_psql('postgres',
		q{SELECT format('%s(%s)', p.proname, replace(replace(replace(replace(replace(replace(replace(replace(pg_get_function_arguments(p.oid), 'timestamp with time zone',
		     'timestamptz'), 'double precision', 'float8'), 'integer', 'int'), ' DEFAULT ', ' = '), '''00:05:00''::interval', '''5 min'''), '''00:01:00''::interval', '''1 min'''), '''::text', ''''), 'NULL::', 'null::'))
		  FROM pg_proc p WHERE p.pronamespace = 'boxoffice'::regnamespace ORDER BY 1});
	my $page = page('docs/functions.md');
	for my $function (@functions)
	{
		$function =~ s/null::[a-z0-9 ]+(?:\[\])?/null/g;
		ok(index($page, "`$function") >= 0, $function);
	}
	my @named = $page =~ /^(?:### |- )`(\w+)\(/mg;
	is(scalar(@named), scalar(@functions), 'no function that does not exist');
};

$node->stop;
done_testing();
