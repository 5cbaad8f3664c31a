# Whatever is held, paid and given back, in whatever order, a server answers as the model of test/property/sale; and when
# several do it at once, nothing is sold twice. A history that fails is printed, made as small as it goes.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seeds   = 200;
my $program = "$ENV{TESTDIR}/build/sale_histories";
my $node    = start_server('sales', no_extension => 1);

# The exit status and all that was printed.
sub play {
	my @options = @_;
	my $out     = '';
	IPC::Run::run([ $program, @options, $node->connstr('postgres') ], '>&', \$out);
	return ($? >> 8, $out);
}

my ($status, $out) = play('--seeds', $seeds);
note($out);
ok($status == 0 && $out =~ /^$seeds histories and 20 times six at once in .* all agree$/m,
	"$seeds random histories: the server answers as the model, also when six are played at once it keeps its promises")
  or diag($out);

# A test that never comes to the point proves nothing.
my %seen = map { reverse /^ +(\d+) (.*)$/ } split /\n/, $out;
my @rare = grep { ($seen{$_} // 0) < $seeds / 20 } (
	map { my $call = $_; map { "$call $_" } @{ {
				hold_places => [qw(ok sold_out limit_exceeded)],
				hold_seats  => [qw(ok seat_taken not_found limit_exceeded)],
				pay         => [qw(ok insufficient_balance already_paid hold_expired not_held not_found)],
				release     => [qw(ok already_paid hold_expired not_found)],
				cancel      => [qw(ok not_held not_found too_late)],
				cancel_by_house => [qw(ok not_held not_found)],
				block       => [qw(ok seat_taken not_found)],
				unblock     => [qw(ok not_found)],
				prices      => [ 'done', 'error TK016' ],
				extend      => [qw(ok already_paid hold_expired not_held not_found)],
				capacity    => [ 'done', 'error 22023' ],
				together    => [ 'hold_places ok', 'hold_places sold_out', 'hold_places seat_busy', 'hold_seats ok', 'pay ok', 'block ok', 'prices done' ] }->{$call} } }
	  qw(hold_places hold_seats pay release cancel cancel_by_house block unblock prices extend capacity together));
is(join(', ', @rare), '', 'the histories meet every answer often');
cmp_ok($seen{expired} // 0, '>', $seeds / 20, 'and upkeep finds holds that have run out');

subtest 'a model that is wrong in one point is found out' => sub {
	my $seed;
	for my $fault (qw(limit lapsed restart extend capacity block price house surplus)) {
		($status, $out) = play('--seeds', 100, '--break-model', $fault);
		($seed) = $out =~ /^seed (\d+) fails/m;
		ok($status == 1 && defined $seed, $fault) or diag($out);
	}
	($status, $out) = play('--seed', $seed // 0, '--break-model', 'surplus');
	ok($status == 1 && $out =~ /^seed $seed fails.*^the smallest history that fails/ms, 'the same seed finds it again')
	  or diag($out);
	note($out);
};

done_testing();
